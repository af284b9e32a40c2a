pxe_unit_tests(base pxe_base)
