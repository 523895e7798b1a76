# The identity of a build: a hash of all sources, so that two builds of the same tree have the same
# one. The program and liblama-torch.so share C++ types and compare it: src/plugin/build_id.h.
if(CMAKE_SCRIPT_MODE_FILE)
  # cmake -DTREE=FOLDER -DOUTPUT=FILE.cpp -P build_id.cmake
  file(GLOB_RECURSE sources RELATIVE ${TREE}
       ${TREE}/include/*.h ${TREE}/include/*.hpp
       ${TREE}/src/*.cpp ${TREE}/src/*.h ${TREE}/src/*.proto ${TREE}/src/*.S)
  list(SORT sources)
  set(hashes "")
  foreach(source ${sources})
    file(SHA256 ${TREE}/${source} hash)
    string(APPEND hashes "${hash} ${source}\n")
  endforeach()
  string(SHA256 id "${hashes}")
  string(SUBSTRING ${id} 0 16 id)
  file(WRITE ${OUTPUT}
"// Made by cmake/build_id.cmake.
#include \"plugin/build_id.h\"

namespace lama::internal::plugin {

const char* build_id() { return \"${id}\"; }

}  // namespace lama::internal::plugin
")
  return()
endif()

# Gives `target` the function of src/plugin/build_id.h.
function(lama_build_id target)
  set(tree ${PROJECT_SOURCE_DIR})
  set(script ${tree}/cmake/build_id.cmake)
  set(made ${PROJECT_BINARY_DIR}/embedded/build_id.cpp)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
       ${tree}/include/*.h ${tree}/include/*.hpp
       ${tree}/src/*.cpp ${tree}/src/*.h ${tree}/src/*.proto ${tree}/src/*.S)
  add_custom_command(
    OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -DTREE=${tree} -DOUTPUT=${made} -P ${script}
    DEPENDS ${sources} ${script} VERBATIM)
  target_sources(${target} PRIVATE ${made})
endfunction()
