# What is there in two forms is tested in both; the one that this build does not use is compiled into
# the test, in front of the library.
set(os_dir ${PROJECT_SOURCE_DIR}/libpxecommon/os)
set(not_here conf_none)
if(NOT TARGET PkgConfig::CONFIG)
  list(APPEND not_here conf schema)
endif()
pxe_unit_tests(os pxe_os EXCEPT ${not_here})
if(TARGET PkgConfig::CONFIG)
  pxe_fuzz(conf pxe_os)
endif()

function(pxe_other_form name test)
  add_executable(unit_os_${name}_test ${PROJECT_SOURCE_DIR}/tests/unit/os/${test}_test.c ${ARGN})
  target_link_libraries(unit_os_${name}_test PRIVATE pxe_os PkgConfig::CHECK)
  add_test(NAME unit/os/${name}_test COMMAND unit_os_${name}_test)
endfunction()
pxe_other_form(conf_none conf_none ${os_dir}/conf_file_none.c)
pxe_other_form(priv_capset priv ${os_dir}/priv.c ${os_dir}/priv_capset.c)
