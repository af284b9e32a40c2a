pxe_unit_tests(tftpd tftpd_core)
pxe_fuzz(tftpd_map tftpd_core)
pxe_fuzz(tftpd_request tftpd_core)
pxe_fuzz(tftpd_xfer tftpd_core)
