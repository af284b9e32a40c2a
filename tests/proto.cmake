pxe_unit_tests(proto pxe_proto)
set_tests_properties(unit/proto/dhcp_capture_test PROPERTIES SKIP_RETURN_CODE 77)
pxe_fuzz(dhcp_msg pxe_proto)
pxe_fuzz(dhcp_opt pxe_proto)
