// The pages that may use the server, and the headers that allow pages of other addresses
// (CORS).
#pragma once

#include "server/http.h"
#include "server/server.h"

namespace lama::internal::server {

/// Throws HttpError for a request that another site makes a browser send.
void require_own_site(const RequestHead& request, const Options& options);

/// Whether the request comes from a page of a trusted host at another address than the server's.
bool from_trusted_site(const RequestHead& request, const Options& options);

/// Whether this is a browser's preflight request for a page of a trusted host.
bool is_preflight(const RequestHead& request, const Options& options);

/// The answer to a preflight request.
Response preflight_response(const RequestHead& request);

/// Lets the requesting page read the response.
void allow_page(Response& response, const RequestHead& request);

}  // namespace lama::internal::server
