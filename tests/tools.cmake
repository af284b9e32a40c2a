# Without jansson there is no pxectl to test.
if(TARGET pxectl_core)
  pxe_unit_tests(tools pxectl_core pxe_os)
  if(TARGET unit_tools_pxectl_test)
    target_compile_definitions(unit_tools_pxectl_test PRIVATE PXECTL="$<TARGET_FILE:pxectl>")
    add_dependencies(unit_tools_pxectl_test pxectl)
  endif()
endif()
