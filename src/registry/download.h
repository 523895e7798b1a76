// Downloads one file over HTTP(S), with resumption.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace lama::internal::registry {

/// Patience with a server.
struct Patience {
  std::chrono::seconds connect{20};
  std::chrono::seconds stalled{30};  ///< time without a byte
  int attempts = 5;                  ///< attempts in a row that bring nothing new
  /// Before the second attempt; each later pause is twice as long.
  std::chrono::milliseconds pause{1000};
};

/// Downloads `url` to `file`. It continues an earlier call's part of the same URL if the server
/// still has the same version (If-Range with the ETag or date, which a second file ending in
/// .source keeps). It follows redirects, but never from https to http. Proxies come from
/// http_proxy, https_proxy and no_proxy. Server certificates are checked against the system's
/// authorities or those in the file that CURL_CA_BUNDLE or SSL_CERT_FILE names.
///
/// `bytes`, unless 0, is the size the file must have. `progress` receives the finished share often;
/// an exception from it ends the download, and a later call continues it.
///
/// Throws Error if the server cannot be reached, breaks off, stalls, or answers with an error. It
/// first repeats attempts whose failure may pass (such as 408, 429, 5xx). Thread-safety: one call
/// per file at a time.
void download(const std::string& url, const std::filesystem::path& file, std::uint64_t bytes,
              const Patience& patience, const std::function<void(double)>& progress);

/// The second file of download().
std::filesystem::path source_of(const std::filesystem::path& file);

}  // namespace lama::internal::registry
