# Install rules of the library, in two components: runtime (liblama.so) and development (headers,
# liblama.a, CMake and pkg-config files, documentation and examples).
include(CMakePackageConfigHelpers)

set(lama_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lama)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)

# Two sets of targets, because the shared library needs none of the static one's packages.
install(TARGETS lama_shared EXPORT lamaShared
        LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS lama_core EXPORT lamaStatic ARCHIVE)
install(EXPORT lamaShared NAMESPACE lama:: DESTINATION ${lama_cmake_dir})
install(EXPORT lamaStatic NAMESPACE lama:: DESTINATION ${lama_cmake_dir})
install(DIRECTORY include/lama DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(cmake/lamaConfig.cmake.in lamaConfig.cmake
  INSTALL_DESTINATION ${lama_cmake_dir})
# Like the SONAME: before 1.0 a program requests a minor version.
write_basic_package_version_file(lamaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lamaConfig.cmake ${PROJECT_BINARY_DIR}/lamaConfigVersion.cmake
        DESTINATION ${lama_cmake_dir})

# lama.pc derives its prefix from its own place, so that users can move the tree.
file(RELATIVE_PATH lama_pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/lama.pc.in lama.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lama.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE docs/licences.md models/embedded.md DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT runtime)
install(FILES docs/library.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES examples/CMakeLists.txt examples/fill.c examples/fill.cpp examples/host.cpp
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
