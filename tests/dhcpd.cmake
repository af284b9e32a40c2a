# The pure parts are libraries of their own, so this builds without the program.
pxe_unit_tests(dhcpd/conf dhcpd_conf)
if(TARGET dhcpd_core)
  pxe_unit_tests(dhcpd dhcpd_core)
endif()
if(EXISTS ${PROJECT_SOURCE_DIR}/tests/fuzz/dhcpd_conf_fuzz.c)
  pxe_fuzz(dhcpd_conf dhcpd_conf)
endif()
