# What `cmake --install` and the Debian package put where. Places are written into the units when the
# build is configured; with CMAKE_INSTALL_PREFIX=/usr (preset `release`) configuration goes to /etc.
include(GNUInstallDirs)
set(ROLECALL_CONFIG_DIR ${CMAKE_INSTALL_FULL_SYSCONFDIR}/rolecall)
set(ROLECALL_UNIT_DIR ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
set(ROLECALL_COMMAND_PAGES ${CMAKE_BINARY_DIR}/command_pages)  # written by tools/command_pages

configure_file(systemd/rolecalld.service.in systemd/rolecalld.service @ONLY)
set(ROLECALL_UNITS
  ${CMAKE_BINARY_DIR}/systemd/rolecalld.service
  ${CMAKE_SOURCE_DIR}/systemd/rolecall-instances.service
  ${CMAKE_SOURCE_DIR}/systemd/rolecall.slice)

# What an operator edits is installed once, and kept from then on.
function(rolecall_install_unless_there file folder name)
  install(CODE "
    if(EXISTS \"\$ENV{DESTDIR}${folder}/${name}\")
      message(STATUS \"Kept: \$ENV{DESTDIR}${folder}/${name}\")
    else()
      file(INSTALL DESTINATION \"${folder}\" TYPE FILE RENAME \"${name}\" FILES \"${file}\")
    endif()")
endfunction()

install(TARGETS rolecalld rolectl tiny-gguf RUNTIME)
install(FILES ${ROLECALL_UNITS} DESTINATION ${ROLECALL_UNIT_DIR})
install(FILES ${ROLECALL_COMMAND_PAGES}/rolectl.1 DESTINATION ${CMAKE_INSTALL_FULL_MANDIR}/man1)
install(FILES ${ROLECALL_COMMAND_PAGES}/rolecalld.8 DESTINATION ${CMAKE_INSTALL_FULL_MANDIR}/man8)
install(FILES ${ROLECALL_COMMAND_PAGES}/rolectl.bash
  DESTINATION ${CMAKE_INSTALL_FULL_DATADIR}/bash-completion/completions RENAME rolectl)
install(FILES ${ROLECALL_COMMAND_PAGES}/_rolectl
  DESTINATION ${CMAKE_INSTALL_FULL_DATADIR}/zsh/vendor-completions)
install(FILES systemd/rolecall.sysusers
  DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/sysusers.d RENAME rolecall.conf)
install(FILES systemd/rolecall.tmpfiles
  DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/tmpfiles.d RENAME rolecall.conf)
rolecall_install_unless_there(${CMAKE_SOURCE_DIR}/systemd/model_registry.yaml
  ${ROLECALL_CONFIG_DIR} model_registry.yaml)
rolecall_install_unless_there(${CMAKE_SOURCE_DIR}/systemd/rolecall.logrotate
  ${CMAKE_INSTALL_FULL_SYSCONFDIR}/logrotate.d rolecall)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_FULL_DOCDIR})
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_FULL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_FULL_DOCDIR} RENAME copyright)
install(FILES model_registry.yaml
  DESTINATION ${CMAKE_INSTALL_FULL_DOCDIR}/examples RENAME model_registry.yaml)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rolecall)
set(CPACK_PACKAGE_VENDOR Rolecall)
set(CPACK_PACKAGE_CONTACT "Rolecall <rolecall@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(CPACK_SET_DESTDIR ON)  # files lie outside of the prefix, too
set(CPACK_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "numactl, logrotate")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "llama.cpp-tools")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/systemd/debian/conffiles
  ${CMAKE_SOURCE_DIR}/systemd/debian/postinst
  ${CMAKE_SOURCE_DIR}/systemd/debian/prerm
  ${CMAKE_SOURCE_DIR}/systemd/debian/postrm)
include(CPack)
