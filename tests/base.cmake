pxe_unit_tests(base pxe_base)
pxe_fuzz(path pxe_base)
