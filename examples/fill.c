/* Removes a green rectangle from a synthetic picture and writes it as a PPM file.
   Usage: fill_c MODEL OUTPUT.ppm */
#include <lama/lama.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 96, HEIGHT = 64 };

int main(int argc, char** argv) {
  static uint8_t rgb[HEIGHT][WIDTH][3], hole[HEIGHT][WIDTH];
  lama_picture picture = {.struct_size = sizeof picture,
                          .pixels = rgb,
                          .width = WIDTH,
                          .height = HEIGHT,
                          .layout = LAMA_RGB};
  lama_mask mask = {
      .struct_size = sizeof mask, .values = hole[0], .width = WIDTH, .height = HEIGHT};
  lama_options options = {.struct_size = sizeof options, .dilate = 2};
  lama_model* model = NULL;
  if (argc != 3) return 2;
  for (int y = 0; y < HEIGHT; ++y)
    for (int x = 0; x < WIDTH; ++x)
      rgb[y][x][0] = (uint8_t)(2 * x), rgb[y][x][2] = (uint8_t)(3 * y);
  for (int y = 20; y < 40; ++y) {
    for (int x = 30; x < 70; ++x) rgb[y][x][1] = 255;
    memset(&hole[y][30], 255, 40);
  }

  if (lama_open(argv[1], 0, LAMA_PRECISION_F32, &model) != LAMA_OK ||
      lama_inpaint(model, &picture, &mask, rgb, 0, &options) != LAMA_OK) {
    fprintf(stderr, "%s\n", lama_error_text(model));
    lama_close(model);
    return 1;
  }
  lama_close(model);
  FILE* file = fopen(argv[2], "wb");
  if (file == NULL) return 1;
  fprintf(file, "P6 %d %d 255\n", WIDTH, HEIGHT);
  const size_t written = fwrite(rgb, sizeof rgb, 1, file);
  return fclose(file) == 0 && written == 1 ? 0 : 1;
}
