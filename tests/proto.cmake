pxe_unit_tests(proto pxe_proto)
