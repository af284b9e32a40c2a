# The pure parts are libraries of their own, so this builds without the program.
pxe_unit_tests(dhcpd/conf dhcpd_conf)
if(TARGET dhcpd_core)
  pxe_unit_tests(dhcpd dhcpd_core)
endif()
if(EXISTS ${PROJECT_SOURCE_DIR}/tests/fuzz/dhcpd_conf_fuzz.c)
  pxe_fuzz(dhcpd_conf dhcpd_conf)
endif()
# Scenarios on the core with a clock of their own (tests/replay/README.md): one test a file.
if(TARGET dhcpd_core)
  add_executable(replay_dhcpd ${PROJECT_SOURCE_DIR}/tests/replay/replay_dhcpd.c
    ${PROJECT_SOURCE_DIR}/tests/replay/packet.c ${PROJECT_SOURCE_DIR}/tests/replay/world.c)
  target_link_libraries(replay_dhcpd PRIVATE dhcpd_core)
  file(GLOB scenarios CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/replay/dhcpd/*.scn)
  foreach(scenario ${scenarios})
    get_filename_component(name ${scenario} NAME_WE)
    add_test(NAME replay/dhcpd/${name} COMMAND replay_dhcpd ${scenario})
  endforeach()
endif()
