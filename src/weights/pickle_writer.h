// Pickles (protocol 2) of the kinds of values in checkpoints; see pickle.h.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "weights/tensor_file.h"

namespace lama::internal::weights {

/// Appends one value after the other. A container's content stands between its begin and end; a
/// dictionary holds a key, its value, a key, its value …
class PickleWriter {
 public:
  PickleWriter();

  void none() { put('N'); }
  void boolean(bool value) { put(value ? '\x88' : '\x89'); }
  void integer(std::int64_t value);
  void real(double value);
  void text(std::string_view value);

  void begin_dictionary();
  void begin_ordered_dictionary();  ///< collections.OrderedDict, as state dicts are
  void end_dictionary() { put('u'); }
  void begin_list();
  void end_list() { put('e'); }
  /// An object as in pickles of modules: its class, and attributes as in a dictionary.
  void begin_object(std::string_view module, std::string_view name);
  void end_object() { put("ub"); }
  void begin_tuple() { put('('); }
  void end_tuple() { put('t'); }

  /// A tensor that fills the storage `key` (of float32, int64 or uint8) of its archive.
  void tensor(DType dtype, const Shape& shape, std::string_view key);

  /// The whole pickle. Nothing can be added after it.
  std::vector<std::uint8_t> finish();

 private:
  void put(char opcode) { bytes_.push_back(static_cast<std::uint8_t>(opcode)); }
  /// One by one: g++ 14 warns of an overflow in an insertion of all bytes that it inlines.
  void put(std::string_view bytes) {
    for (const char byte : bytes) put(byte);
  }
  void global(std::string_view module, std::string_view name);

  std::vector<std::uint8_t> bytes_;
};

}  // namespace lama::internal::weights
