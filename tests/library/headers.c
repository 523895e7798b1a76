/* Only has to compile. */
#include <lama/lama.h>

int check_c_header(const void* pixels, const uint8_t* values);
int check_c_header(const void* pixels, const uint8_t* values) {
  lama_picture picture = {.struct_size = sizeof picture, .pixels = pixels, .layout = LAMA_GREY};
  lama_mask mask = {.struct_size = sizeof mask, .values = values};
  lama_options options = {.struct_size = sizeof options, .strategy = LAMA_STRATEGY_CROP};
  return picture.sample == LAMA_U8 && mask.width == 0 && options.progress == NULL;
}
