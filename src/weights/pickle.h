// Python pickles read as data. Nothing is imported, called or constructed: where a pickle asks for
// that, the tree below records the request, and the caller interprets the few requests it knows (an
// OrderedDict, a tensor) and ignores the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lama::internal::weights {

class Pickle {
 public:
  using Id = std::uint32_t;  ///< position of a value in this pickle

  enum class Kind {
    none,
    boolean,
    integer,
    real,
    text,        ///< str or bytes
    sequence,    ///< tuple, list or set: `items`
    dictionary,  ///< `items` holds key, value, key, value …
    global,      ///< a class or function: `text` is its module, `name` its name
    object,      ///< the result of calling `callable` with `arguments`, and its contents:
                 ///< `items` as in a dictionary, and `state`
    persistent,  ///< a reference to something outside the pickle: `items[0]` is its id
  };

  struct Value {
    Kind kind = Kind::none;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text, name;  ///< point into the bytes given to the constructor
    Id callable = 0, arguments = 0;
    std::optional<Id> state;
    std::vector<Id> items;
  };

  /// Parses one pickle (protocols 2 to 5) at the start of `bytes`, which must outlive this object.
  /// Throws Error if it is damaged, uses opcodes no checkpoint has, needs more values than any
  /// checkpoint has, or names functions that have no place in one (os.system, builtins.eval, …).
  /// `name` stands for the file in errors.
  Pickle(std::span<const std::uint8_t> bytes, std::string_view name);

  const Value& operator[](Id id) const { return values_[id]; }
  const Value& root() const { return values_[root_]; }
  std::span<const Value> values() const { return values_; }
  /// The bytes of this pickle; others may follow.
  std::size_t bytes_used() const { return bytes_used_; }

  /// Key, value, key, value … of a dictionary, of an object filled like one, or of an OrderedDict
  /// as Python 2 wrote it: made from a list of pairs, which ends at an item that is none. Nothing
  /// for other values. Takes time for its length, however often the same dictionary is asked for.
  std::vector<Id> entries(const Value& dictionary) const;

  /// The value under the string `key` among the entries; or null.
  const Value* find(const Value& dictionary, std::string_view key) const;

  /// True for the result of calling the global `module`.`name`.
  bool is_call(const Value& value, std::string_view module, std::string_view name) const;

 private:
  friend class PickleReader;
  std::vector<Value> values_;
  Id root_ = 0;
  std::size_t bytes_used_ = 0;
};

}  // namespace lama::internal::weights
