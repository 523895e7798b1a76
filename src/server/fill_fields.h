// The options of option_table.h that the HTTP API offers.
#pragma once

#include <string>
#include <vector>

#include "inpaint/fill_options.h"
#include "server/fields.h"
#include "server/json_text.h"

namespace lama::internal::server {

/// The options in a request's fields. Throws HttpError (400), which names the field.
FillOptions fill_options(Fields& fields);

/// Types, ranges and defaults by name, for /api/v1/capabilities.
JsonText fill_option_capabilities();

/// The names of an option's choices, the default first. `name` must be an enumeration.
std::vector<std::string> choices_of(const std::string& name);

}  // namespace lama::internal::server
