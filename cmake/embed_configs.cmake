# Puts configs/training into a target: src/training/config/shipped_configs.h.
include(cmake/embed_files.cmake)

function(lama_embed_configs target)
  set(folder ${PROJECT_SOURCE_DIR}/configs/training)
  set(files "")
  file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.yaml)
  foreach(file ${found})
    string(REGEX REPLACE "\\.yaml$" "" name ${file})
    list(APPEND files "${name}=${folder}/${file}")
  endforeach()
  lama_embed_files(${target} HEADER training/config/shipped_configs.h NAMESPACE lama::internal::training
                   TYPE ShippedConfig FUNCTION shipped_configs FILES ${files})
endfunction()
