#include "weights/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "base/bytes.h"
#include "base/error.h"

namespace lama::internal::weights {
namespace {

// Full training checkpoints of the largest published network hold about 100,000 values.
constexpr std::size_t kMaxValues = 1'000'000;

/// Modules no checkpoint has a reason to name. Reading one would be harmless here, because nothing
/// is ever called, but the file was made to attack other programs, and the error says so.
bool is_dangerous(std::string_view module, std::string_view name) {
  static constexpr std::array kModules = {
      "os",      "nt",      "posix",    "subprocess", "sys",        "socket", "shutil",
      "runpy",   "pty",     "ctypes",   "importlib",  "webbrowser", "code",   "codeop",
      "pdb",     "bdb",     "timeit",   "trace",      "imp",        "pip",    "pickle",
      "_pickle", "marshal", "asyncio",  "threading",  "http",       "urllib", "requests",
      "ftplib",  "smtplib", "tempfile", "commands",   "_thread",    "signal", "multiprocessing",
  };
  const std::string_view package = module.substr(0, module.find('.'));
  if (std::find(kModules.begin(), kModules.end(), package) != kModules.end()) return true;
  // Not getattr: Python writes it for every nested class.
  static constexpr std::array kBuiltins = {
      "eval",   "exec", "execfile", "compile", "open", "setattr",    "delattr",    "globals",
      "locals", "vars", "input",    "apply",   "file", "breakpoint", "__import__",
  };
  if (module == "builtins" || module == "__builtin__") {
    return std::find(kBuiltins.begin(), kBuiltins.end(), name) != kBuiltins.end();
  }
  return module == "torch.hub" || (module == "torch" && name == "load") || module == "operator";
}

}  // namespace

/// The pickle machine: a stack, a memo, and one method per group of opcodes.
class PickleReader {
 public:
  using Id = Pickle::Id;
  using Kind = Pickle::Kind;
  using Value = Pickle::Value;

  PickleReader(Pickle& pickle, std::span<const std::uint8_t> bytes, std::string_view name)
      : pickle_(pickle), bytes_(bytes), name_(name) {}

  void run() {
    while (true) {
      const int opcode = number<std::uint8_t>();
      if (opcode == '.') break;
      step(opcode);
    }
    pickle_.root_ = pop();
    pickle_.bytes_used_ = position_;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: damaged pickle at byte {}: {}", name_, position_, what));
  }

  // --- bytes ---

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - position_) fail("it ends too early");
    const auto* begin = reinterpret_cast<const char*>(bytes_.data()) + position_;
    position_ += count;
    return {begin, static_cast<std::size_t>(count)};
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string_view line() {
    const auto rest = bytes_.subspan(position_);
    const auto end = std::find(rest.begin(), rest.end(), '\n');
    if (end == rest.end()) fail("it ends too early");
    const auto text = take(static_cast<std::size_t>(end - rest.begin()));
    take(1);
    return text;
  }

  /// A number with a sign.
  static std::int64_t integer_of(std::string_view bytes) {
    // Longer integers occur (random-number states) but never where this program reads one.
    if (bytes.size() > 8) return 0;
    std::uint64_t value = little_endian(
        {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, 0, bytes.size());
    const std::size_t bits = 8 * bytes.size();
    const bool negative = bits > 0 && ((value >> (bits - 1)) & 1U) != 0;
    if (negative && bits < 64) value |= ~std::uint64_t{0} << bits;
    return static_cast<std::int64_t>(value);
  }

  // --- values and the stack ---

  Id add(Value value) {
    if (pickle_.values_.size() >= kMaxValues) fail("more values than any checkpoint holds");
    pickle_.values_.push_back(std::move(value));
    return static_cast<Id>(pickle_.values_.size() - 1);
  }

  void push(Id id) {
    if (stack_.size() >= kMaxValues) fail("its stack is deeper than any checkpoint needs");
    stack_.push_back(id);
  }
  void push(Value value) { push(add(std::move(value))); }
  void push_text(std::string_view text) { push({.kind = Kind::text, .text = text}); }
  void push_integer(std::int64_t value) { push({.kind = Kind::integer, .integer = value}); }
  void push_boolean(bool value) { push({.kind = Kind::boolean, .integer = value ? 1 : 0}); }

  Id pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("its stack is empty");
    const Id id = stack_.back();
    stack_.pop_back();
    return id;
  }

  Value& top() {
    if (stack_.empty()) fail("its stack is empty");
    return pickle_.values_[stack_.back()];
  }

  std::vector<Id> pop_to_mark() {
    if (marks_.empty()) fail("a mark is missing");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    marks_.pop_back();
    std::vector<Id> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    return items;
  }

  void push_sequence(std::vector<Id> items) {
    push({.kind = Kind::sequence, .items = std::move(items)});
  }

  void push_tuple(int count) {
    std::vector<Id> items(static_cast<std::size_t>(count));
    for (auto it = items.rbegin(); it != items.rend(); ++it) *it = pop();
    push_sequence(std::move(items));
  }

  void push_global(std::string_view module, std::string_view name) {
    if (is_dangerous(module, name)) {
      throw Error(
          fmt::format("{}: refused: it asks to run {}.{} when loaded, which no model needs; "
                      "do not open this file with other programs",
                      name_, module, name));
    }
    push({.kind = Kind::global, .text = module, .name = name});
  }

  void push_call(Id callable, Id arguments) {
    push({.kind = Kind::object, .callable = callable, .arguments = arguments});
  }

  /// Adds `items` to the container on top of the stack. Items added to anything that is no
  /// container (a foreign object with its own methods) are not kept.
  void extend(const std::vector<Id>& items, std::initializer_list<Kind> containers) {
    Value& target = top();
    if (std::find(containers.begin(), containers.end(), target.kind) == containers.end()) return;
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  void remember(std::uint64_t slot) {
    top();
    memo_[slot] = stack_.back();
    if (memo_.size() > kMaxValues) fail("it remembers more values than any checkpoint holds");
  }

  void recall(std::uint64_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) fail("it refers to a value it has not made");
    push(found->second);
  }

  void step(int opcode) {
    switch (opcode) {
      case 0x80:
        number<std::uint8_t>();
        return;  // PROTO
      case 0x95:
        number<std::uint64_t>();
        return;  // FRAME

      case '(':
        if (marks_.size() >= kMaxValues) fail("its marks are deeper than any checkpoint needs");
        marks_.push_back(stack_.size());
        return;  // MARK
      case '0':
        pop();
        return;  // POP
      case '1':
        pop_to_mark();
        return;  // POP_MARK
      case '2':
        top();
        push(stack_.back());
        return;  // DUP

      case 'N':
        push(Value{});
        return;
      case 0x88:
        push_boolean(true);
        return;
      case 0x89:
        push_boolean(false);
        return;
      case 'J':
        push_integer(number<std::int32_t>());
        return;
      case 'K':
        push_integer(number<std::uint8_t>());
        return;
      case 'M':
        push_integer(number<std::uint16_t>());
        return;
      case 0x8a:
        push_integer(integer_of(take(number<std::uint8_t>())));
        return;  // LONG1
      case 0x8b:
        push_integer(integer_of(take(number<std::uint32_t>())));
        return;    // LONG4
      case 'G': {  // BINFLOAT
        const auto bits = __builtin_bswap64(number<std::uint64_t>());
        push({.kind = Kind::real, .real = std::bit_cast<double>(bits)});
        return;
      }

      case 'U':  // SHORT_BINSTRING
      case 'C':  // SHORT_BINBYTES
      case 0x8c:
        push_text(take(number<std::uint8_t>()));
        return;  // SHORT_BINUNICODE
      case 'T':  // BINSTRING
      case 'B':  // BINBYTES
      case 'X':
        push_text(take(number<std::uint32_t>()));
        return;   // BINUNICODE
      case 0x8d:  // BINUNICODE8
      case 0x8e:  // BINBYTES8
      case 0x96:
        push_text(take(number<std::uint64_t>()));
        return;  // BYTEARRAY8

      case ')':  // EMPTY_TUPLE
      case ']':  // EMPTY_LIST
      case 0x8f:
        push_sequence({});
        return;  // EMPTY_SET
      case 't':  // TUPLE
      case 'l':  // LIST
      case 0x91:
        push_sequence(pop_to_mark());
        return;  // FROZENSET
      case 0x85:
        push_tuple(1);
        return;
      case 0x86:
        push_tuple(2);
        return;
      case 0x87:
        push_tuple(3);
        return;
      case 'a': {  // APPEND
        const Id item = pop();
        extend({item}, {Kind::sequence});
        return;
      }
      case 'e':     // APPENDS
      case 0x90: {  // ADDITEMS
        const auto items = pop_to_mark();
        extend(items, {Kind::sequence});
        return;
      }
      case '}':
        push({.kind = Kind::dictionary});
        return;
      case 'd':
        push({.kind = Kind::dictionary, .items = pairs(pop_to_mark())});
        return;
      case 's': {  // SETITEM
        const Id value = pop(), key = pop();
        extend({key, value}, {Kind::dictionary, Kind::object});
        return;
      }
      case 'u': {  // SETITEMS
        const auto items = pairs(pop_to_mark());
        extend(items, {Kind::dictionary, Kind::object});
        return;
      }

      case 'c': {  // GLOBAL
        const auto module = line();
        push_global(module, line());
        return;
      }
      case 0x93: {  // STACK_GLOBAL
        const Id name = pop(), module = pop();
        push_global(pickle_[module].text, pickle_[name].text);
        return;
      }
      case 'R':     // REDUCE
      case 0x81: {  // NEWOBJ
        const Id arguments = pop(), callable = pop();
        push_call(callable, arguments);
        return;
      }
      case 0x92: {  // NEWOBJ_EX: class, arguments, keyword arguments
        pop();
        const Id arguments = pop(), callable = pop();
        push_call(callable, arguments);
        return;
      }
      case 'b': {  // BUILD
        const Id state = pop();
        if (top().kind == Kind::object) top().state = state;
        return;
      }

      case 'q':
        remember(number<std::uint8_t>());
        return;  // BINPUT
      case 'r':
        remember(number<std::uint32_t>());
        return;  // LONG_BINPUT
      case 0x94:
        remember(memo_.size());
        return;  // MEMOIZE
      case 'h':
        recall(number<std::uint8_t>());
        return;  // BINGET
      case 'j':
        recall(number<std::uint32_t>());
        return;    // LONG_BINGET
      case 'Q': {  // BINPERSID
        const Id id = pop();
        push({.kind = Kind::persistent, .items = {id}});
        return;
      }
      default:
        fail(fmt::format("opcode {:#04x} has no place in a checkpoint", opcode));
    }
  }

  std::vector<Id> pairs(std::vector<Id> items) const {
    if (items.size() % 2 != 0) fail("a key has no value");
    return items;
  }

  Pickle& pickle_;
  std::span<const std::uint8_t> bytes_;
  std::string_view name_;
  std::size_t position_ = 0;
  std::vector<Id> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Id> memo_;
};

Pickle::Pickle(std::span<const std::uint8_t> bytes, std::string_view name) {
  PickleReader(*this, bytes, name).run();
}

std::vector<Pickle::Id> Pickle::entries(const Value& dictionary) const {
  if (dictionary.kind != Kind::dictionary && dictionary.kind != Kind::object) return {};
  std::vector<Id> list = dictionary.items;
  if (!list.empty() || !is_call(dictionary, "collections", "OrderedDict")) return list;
  const std::vector<Id>& arguments = values_[dictionary.arguments].items;
  if (arguments.size() != 1 || values_[arguments[0]].kind != Kind::sequence) return list;
  for (const Id id : values_[arguments[0]].items) {
    const Value& pair = values_[id];
    if (pair.kind != Kind::sequence || pair.items.size() != 2) break;
    list.insert(list.end(), pair.items.begin(), pair.items.end());
  }
  return list;
}

const Pickle::Value* Pickle::find(const Value& dictionary, std::string_view key) const {
  const std::vector<Id> list = entries(dictionary);
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
    const Value& candidate = values_[list[i]];
    if (candidate.kind == Kind::text && candidate.text == key) return &values_[list[i + 1]];
  }
  return nullptr;
}

bool Pickle::is_call(const Value& value, std::string_view module, std::string_view name) const {
  if (value.kind != Kind::object) return false;
  const Value& callable = values_[value.callable];
  return callable.kind == Kind::global && callable.text == module && callable.name == name;
}

}  // namespace lama::internal::weights
