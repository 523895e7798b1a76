// One file over HTTP(S), with resumption.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace lama::registry {

/// How long to bear with a server.
struct Patience {
  std::chrono::seconds connect{20};
  std::chrono::seconds stalled{30};  ///< without a byte
  int attempts = 5;                  ///< in a row that bring nothing new
  /// Before the second attempt; doubled for each later one.
  std::chrono::milliseconds pause{1000};
};

/// Fetches `url` into `file`. What an earlier call left there of the same URL is continued, if the
/// server still has the same version of it (If-Range with its ETag or date, kept in a second file
/// whose name ends in .source). Redirects are followed, but never from https to http. Proxies are
/// what http_proxy, https_proxy and no_proxy say; certificates of servers are checked against the
/// system's authorities or those in the file that CURL_CA_BUNDLE or SSL_CERT_FILE names.
///
/// `bytes`, if it is not 0, is the size the file must have. `progress` gets the share done and is
/// called often; an exception it throws ends the download, and a later call continues it.
///
/// Throws Error, after having waited and tried again if the failure may pass: the server cannot be
/// reached or breaks off, stalls, or has an error of its own (408, 429, 5xx). Thread-safety: one
/// call per file at a time.
void download(const std::string& url, const std::filesystem::path& file, std::uint64_t bytes,
              const Patience& patience, const std::function<void(double)>& progress);

/// The second file of download().
std::filesystem::path source_of(const std::filesystem::path& file);

}  // namespace lama::registry
