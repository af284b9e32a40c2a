pxe_unit_tests(httpfsd httpfsd_shell)
# The form of TLS that this build does not use, ahead of the one in the library.
target_sources(unit_httpfsd_tls_none_test PRIVATE ${PROJECT_SOURCE_DIR}/httpfsd/tls_none.c)
pxe_fuzz(http_request httpfsd_core)
pxe_fuzz(http_fields httpfsd_core)
pxe_fuzz(http_template httpfsd_core)
