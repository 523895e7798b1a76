# Install rules of the program: the component "program".
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)

install(TARGETS lama RUNTIME)
if(TARGET lama_torch)
  install(TARGETS lama_torch LIBRARY DESTINATION ${LAMA_MODULE_FOLDER})
endif()
install(FILES docs/lama.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES completions/lama.bash RENAME lama
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES completions/lama.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# The program contains the training configs; these copies are for readers.
install(DIRECTORY configs/masks configs/training DESTINATION ${CMAKE_INSTALL_DATADIR}/lama)
# "Open with" on the desktop.
install(FILES packaging/lama.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
install(FILES web/public/icon.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps RENAME lama.svg)
