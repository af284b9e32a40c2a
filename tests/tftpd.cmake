pxe_unit_tests(tftpd tftpd_core)
pxe_fuzz(tftpd_map tftpd_core)
pxe_fuzz(tftpd_request tftpd_core)
pxe_fuzz(tftpd_xfer tftpd_core)
pxe_fuzz(tftpd_mcast tftpd_core)
# Scenarios on the core with a clock of their own (tests/replay/README.md): one test a file.
add_executable(replay_tftpd ${PROJECT_SOURCE_DIR}/tests/replay/replay_tftpd.c
  ${PROJECT_SOURCE_DIR}/tests/replay/script.c)
target_link_libraries(replay_tftpd PRIVATE tftpd_core)
file(GLOB scenarios CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/replay/tftpd/*.scn)
foreach(scenario ${scenarios})
  get_filename_component(title ${scenario} NAME_WE)
  add_test(NAME replay/tftpd/${title} COMMAND replay_tftpd ${scenario})
endforeach()
