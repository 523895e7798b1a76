#include "registry/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/file_reader.h"

namespace lama::internal::registry {

std::string sha256_of(const std::filesystem::path& file,
                      const std::function<void(double)>& progress) {
  const FileReader reader(file);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  constexpr std::size_t kStep = 1 << 22;
  std::vector<std::uint8_t> part;
  for (std::size_t at = 0; good && at < reader.size(); at += kStep) {
    if (progress) progress(static_cast<double>(at) / static_cast<double>(reader.size()));
    part.resize(std::min(kStep, reader.size() - at));
    reader.read(at, part);
    good = EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  good = good && EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1;
  if (!good) throw Error(fmt::format("{}: OpenSSL cannot compute its SHA-256", file.string()));
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest.at(i));
  return text;
}

}  // namespace lama::internal::registry
