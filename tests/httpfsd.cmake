pxe_unit_tests(httpfsd httpfsd_shell)
pxe_fuzz(http_request httpfsd_core)
pxe_fuzz(http_fields httpfsd_core)
