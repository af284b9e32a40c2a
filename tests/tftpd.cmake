pxe_unit_tests(tftpd tftpd_core)
