# Puts the built page (web/dist), the sample pictures with their masks (examples/*.jpg, *_mask.png) and the API's description into
# a target: src/server/page_files.h.
include(cmake/embed_files.cmake)

function(lama_embed_page target)
  set(files "/api/openapi.json=${PROJECT_SOURCE_DIR}/src/server/openapi.json")
  foreach(place "/=web/dist/*" "/samples/=examples/*.jpg"
          "/samples/=examples/*_mask.png")
    string(REGEX MATCH "^(.*)=(.*)$" place ${place})
    set(path ${CMAKE_MATCH_1})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${CMAKE_MATCH_2})
    foreach(file ${found})
      get_filename_component(name ${file} NAME)
      list(APPEND files "${path}${name}=${file}")
    endforeach()
  endforeach()
  lama_embed_files(${target} HEADER server/page_files.h NAMESPACE lama::internal::server
                   TYPE PageFile FUNCTION page_files FILES ${files})
endfunction()
