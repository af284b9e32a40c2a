pxe_unit_tests(os pxe_os)
pxe_fuzz(conf pxe_os)
