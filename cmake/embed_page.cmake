# Puts the built page (web/dist), the sample pictures (examples/*.jpg) and the API's description into
# a target, as read-only bytes: src/server/page_files.h.
function(lama_embed_page target)
  set(assembly "// Made by cmake/embed_page.cmake.\n.section .rodata\n")
  set(names "")
  set(table "")
  set(count 0)
  file(GLOB page CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/dist/*)
  file(GLOB samples CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.jpg)
  set(description ${PROJECT_SOURCE_DIR}/src/server/openapi.json)
  foreach(file ${page} ${samples} ${description})
    get_filename_component(name ${file} NAME)
    set(path /${name})
    if(file IN_LIST samples)
      set(path /samples/${name})
    elseif(file STREQUAL description)
      set(path /api/${name})
    endif()
    set(symbol lama_page_file_${count})
    string(APPEND assembly
      ".balign 16\n.global ${symbol}, ${symbol}_end\n${symbol}:\n.incbin \"${file}\"\n${symbol}_end:\n.byte 0\n")
    string(APPEND names "extern const std::uint8_t ${symbol}[], ${symbol}_end[];\n")
    string(APPEND table "      {\"${path}\", {${symbol}, ${symbol}_end}},\n")
    math(EXPR count "${count} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack, \"\", %progbits\n")
  set(folder ${PROJECT_BINARY_DIR}/page)
  file(CONFIGURE OUTPUT ${folder}/page_files.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${folder}/page_files.cpp @ONLY CONTENT
"// Made by cmake/embed_page.cmake.
#include \"server/page_files.h\"

extern \"C\" {
${names}}

namespace lama::server {

std::span<const PageFile> page_files() {
  static const PageFile kFiles[] = {
${table}  };
  return kFiles;
}

}  // namespace lama::server
")
  set_property(SOURCE ${folder}/page_files.S APPEND PROPERTY OBJECT_DEPENDS "${page};${samples};${description}")
  target_sources(${target} PRIVATE ${folder}/page_files.S ${folder}/page_files.cpp)
endfunction()
