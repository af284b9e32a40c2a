pxe_unit_tests(relayd relayd_core)
pxe_fuzz(relay relayd_core)
pxe_fuzz(relay6 relayd_core)
