# Finds the packages that the build needs, and names all missing ones in one message.
# docs/building.md lists their names on each system.
set(lama_missing "")

# lama_find_package(PACKAGE [arguments of find_package])
macro(lama_find_package package)
  find_package(${package} QUIET ${ARGN})
  if(NOT ${package}_FOUND)
    list(APPEND lama_missing ${package})
  endif()
endmacro()

# lama_find_module(NAME MODULE...): by pkg-config, as the target PkgConfig::NAME.
macro(lama_find_module name)
  if(PkgConfig_FOUND)
    pkg_check_modules(${name} QUIET IMPORTED_TARGET ${ARGN})
  endif()
  if(NOT ${name}_FOUND)
    list(APPEND lama_missing ${ARGN})
  endif()
endmacro()

lama_find_package(Threads)
lama_find_package(PkgConfig)
lama_find_package(fmt)
lama_find_package(nlohmann_json)
lama_find_package(yaml-cpp)
lama_find_module(HWY libhwy)
lama_find_module(ZIP libzip)

if(NOT LAMA_LIBRARY_ONLY)
  lama_find_package(Boost 1.81 CONFIG COMPONENTS url)
  lama_find_package(CLI11)
  lama_find_package(CURL)
  lama_find_package(Eigen3 NO_MODULE)
  lama_find_package(JPEG)
  lama_find_package(OpenSSL)
  lama_find_package(ZLIB)
  lama_find_module(LCMS lcms2)
  lama_find_module(VIPS vips-cpp)
  # Without it the processes that read pictures are confined by Landlock alone, and say so.
  if(PkgConfig_FOUND)
    pkg_check_modules(SECCOMP QUIET IMPORTED_TARGET libseccomp)
  endif()
  lama_find_module(WEBP libwebp libwebpmux)
  # Two of OpenCV's libraries. Its own CMake file and pkg-config module require all of them.
  find_path(OPENCV_INCLUDE opencv2/imgproc.hpp PATH_SUFFIXES opencv4)
  find_library(OPENCV_CORE opencv_core)
  find_library(OPENCV_IMGPROC opencv_imgproc)
  if(NOT OPENCV_INCLUDE OR NOT OPENCV_CORE OR NOT OPENCV_IMGPROC)
    list(APPEND lama_missing "OpenCV (core, imgproc)")
  endif()
  if(LAMA_TESTS)
    lama_find_package(GTest)
  endif()
  if(LAMA_BENCH)
    lama_find_package(GTest)
    lama_find_package(benchmark)
  endif()
endif()

if(lama_missing)
  list(REMOVE_DUPLICATES lama_missing)
  list(JOIN lama_missing ", " lama_missing)
  message(FATAL_ERROR
    "These packages are missing: ${lama_missing}. Install them with their headers: "
    "docs/building.md has their names on Debian, Ubuntu, Fedora, Arch and Homebrew. "
    "The library alone needs fewer: -DLAMA_LIBRARY_ONLY=ON. The tests need GTest: -DLAMA_TESTS=OFF.")
endif()
