pxe_unit_tests(os pxe_os)
