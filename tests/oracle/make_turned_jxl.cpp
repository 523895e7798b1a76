// Writes tests/data/pictures/jxl_turned.jxl, whose codestream and EXIF data both say orientation 6,
// and jxl_exif_turned.jxl, where only the EXIF data do. The pixels of both: (40 x, 60 y, 40).
//   g++ -o make tests/oracle/make_turned_jxl.cpp -ljxl && ./make tests/data/pictures
// Written with libjxl 0.7.
#include <jxl/encode.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr int kWidth = 6, kHeight = 4;

void write(const std::string& path, JxlOrientation orientation) {
  JxlEncoder* encoder = JxlEncoderCreate(nullptr);
  JxlEncoderUseContainer(encoder, JXL_TRUE);
  JxlEncoderUseBoxes(encoder);
  JxlBasicInfo info;
  JxlEncoderInitBasicInfo(&info);
  info.xsize = kWidth;
  info.ysize = kHeight;
  info.bits_per_sample = 8;
  info.uses_original_profile = JXL_TRUE;
  info.orientation = orientation;
  JxlEncoderSetBasicInfo(encoder, &info);
  JxlColorEncoding colours;
  JxlColorEncodingSetToSRGB(&colours, JXL_FALSE);
  JxlEncoderSetColorEncoding(encoder, &colours);
  // Four zeros, then TIFF with one entry: 0x0112, orientation, 6.
  constexpr std::array<std::uint8_t, 30> kExif = {0, 0, 0, 0, 'I',  'I', 42, 0, 8, 0,
                                                  0, 0, 1, 0, 0x12, 1,   3,  0, 1, 0,
                                                  0, 0, 6, 0, 0,    0,   0,  0, 0, 0};
  JxlEncoderAddBox(encoder, "Exif", kExif.data(), kExif.size(), JXL_FALSE);
  JxlEncoderFrameSettings* settings = JxlEncoderFrameSettingsCreate(encoder, nullptr);
  JxlEncoderSetFrameLossless(settings, JXL_TRUE);
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (const int value : {40 * x, 60 * y, 40})
        pixels.push_back(static_cast<std::uint8_t>(value));
    }
  }
  const JxlPixelFormat format = {3, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
  JxlEncoderAddImageFrame(settings, &format, pixels.data(), pixels.size());
  JxlEncoderCloseInput(encoder);
  std::vector<std::uint8_t> file(10000);
  std::uint8_t* next = file.data();
  std::size_t left = file.size();
  if (JxlEncoderProcessOutput(encoder, &next, &left) != JXL_ENC_SUCCESS) std::puts("failed");
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()),
             static_cast<std::streamsize>(file.size() - left));
  JxlEncoderDestroy(encoder);
}

}  // namespace

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  write(folder + "/jxl_turned.jxl", JXL_ORIENT_ROTATE_90_CW);
  write(folder + "/jxl_exif_turned.jxl", JXL_ORIENT_IDENTITY);
}
