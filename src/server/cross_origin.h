// Which pages may use the server, and what browsers must be told so that those of other addresses
// can (CORS).
#pragma once

#include "server/http.h"
#include "server/server.h"

namespace lama::server {

/// Throws HttpError for what another site makes a browser send.
void require_own_site(const RequestHead& request, const Options& options);

/// Whether the request comes from a page of a trusted host at another address than the server's.
bool from_trusted_site(const RequestHead& request, const Options& options);

/// Whether it is a browser's question, for a page of a trusted host, if it may send a request.
bool is_preflight(const RequestHead& request, const Options& options);

/// The answer to that.
Response preflight_response(const RequestHead& request);

/// Lets the page that asked read the response.
void allow_page(Response& response, const RequestHead& request);

}  // namespace lama::server
