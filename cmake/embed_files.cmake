# Puts files into a target, as read-only bytes: FUNCTION() of HEADER, in NAMESPACE, is a span of TYPE
# {name, bytes}. The rest of the arguments are NAME=FILE.
function(lama_embed_files target)
  cmake_parse_arguments(PARSE_ARGV 1 embed "" "HEADER;NAMESPACE;TYPE;FUNCTION" "FILES")
  set(assembly "// Made by cmake/embed_files.cmake.\n.section .rodata\n")
  set(names "")
  set(table "")
  set(files "")
  set(count 0)
  foreach(entry ${embed_FILES})
    string(REGEX MATCH "^([^=]*)=(.*)$" entry ${entry})
    set(name ${CMAKE_MATCH_1})
    set(file ${CMAKE_MATCH_2})
    set(symbol lama_${embed_FUNCTION}_${count})
    string(APPEND assembly
      ".balign 16\n.global ${symbol}, ${symbol}_end\n${symbol}:\n.incbin \"${file}\"\n${symbol}_end:\n.byte 0\n")
    string(APPEND names "extern const std::uint8_t ${symbol}[], ${symbol}_end[];\n")
    string(APPEND table "      {\"${name}\", {${symbol}, ${symbol}_end}},\n")
    list(APPEND files ${file})
    math(EXPR count "${count} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack, \"\", %progbits\n")
  set(made ${PROJECT_BINARY_DIR}/embedded/${embed_FUNCTION})
  file(CONFIGURE OUTPUT ${made}.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${made}.cpp @ONLY CONTENT
"// Made by cmake/embed_files.cmake.
#include \"${embed_HEADER}\"

extern \"C\" {
${names}}

namespace ${embed_NAMESPACE} {

std::span<const ${embed_TYPE}> ${embed_FUNCTION}() {
  static const ${embed_TYPE} kFiles[] = {
${table}  };
  return kFiles;
}

}  // namespace ${embed_NAMESPACE}
")
  set_property(SOURCE ${made}.S APPEND PROPERTY OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${made}.S ${made}.cpp)
endfunction()
