# Puts the YAML files below a folder into a target; HEADER, NAMESPACE, TYPE and FUNCTION: see
# cmake/embed_files.cmake. The names lack ".yaml".
include(cmake/embed_files.cmake)

function(lama_embed_configs target folder)
  set(files "")
  file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.yaml)
  foreach(file ${found})
    string(REGEX REPLACE "\\.yaml$" "" name ${file})
    list(APPEND files "${name}=${folder}/${file}")
  endforeach()
  lama_embed_files(${target} ${ARGN} FILES ${files})
endfunction()
