# SPDX-License-Identifier: BSD-2-Clause
# dhcp_options.cmake -- turn the option tables (*_options.tsv) into one C file.
#
#   cmake -DTABLES=A.tsv;B.tsv -DOUT=FILE.c -P dhcp_options.cmake
#
# The format is described at the top of dhcp4_options.tsv, the result in dhcp_opt_table.h. A script
# and not a program, so that cross builds for routers need no second compiler. A table that is
# wrong stops the build with its file and line.
cmake_minimum_required(VERSION 3.25)

set(type_ip-address PXE_OPT_IP4)
set(type_ip6-address PXE_OPT_IP6)
set(type_text PXE_OPT_TEXT)
set(type_string PXE_OPT_STRING)
set(type_unsigned_integer_8 PXE_OPT_U8)
set(type_unsigned_integer_16 PXE_OPT_U16)
set(type_unsigned_integer_32 PXE_OPT_U32)
set(type_signed_integer_8 PXE_OPT_S8)
set(type_signed_integer_16 PXE_OPT_S16)
set(type_signed_integer_32 PXE_OPT_S32)
set(type_boolean PXE_OPT_BOOL)
set(type_domain-name PXE_OPT_DOMAIN)
set(type_domain-list PXE_OPT_DOMAINS)
set(type_domain-list_compressed PXE_OPT_DOMAINS_COMPRESSED)
set(type_zerolen PXE_OPT_ZEROLEN)
set(type_encapsulate PXE_OPT_ENCAPSULATE)

set(words "")       # C text: word lists of enums
set(enum_rows "")   # C text: their names
set(fields "")      # C text: field lists, one for each distinct type
set(spaces "")      # C text: spaces
set(ranges "")      # C text: which definitions are a space's
set(defs "")        # C text: definitions
set(dhcp_rows "")   # C text: for the codes of the first space, the number of the definition plus 1
set(by_name "")     # C text: indices of definitions in order of name
set(seen "")        # field initialisers already emitted, in the order of their numbers
set(space_names "")
set(nenum 0)
set(ndef 0)

macro(broken what)
  message(FATAL_ERROR "${table}:${line_number}: ${what}")
endmacro()

# "-" is NULL, anything else a C string.
function(c_string out text)
  if(text STREQUAL "-")
    set(${out} NULL PARENT_SCOPE)
  else()
    set(${out} "\"${text}\"" PARENT_SCOPE)
  endif()
endfunction()

# One field of a type as a C initialiser.
function(c_field out text)
  set(optional false)
  if(text MATCHES "^optional (.*)$")
    set(optional true)
    set(text "${CMAKE_MATCH_1}")
  endif()
  if(text MATCHES "^enum ([a-z0-9-]+)$")
    if(NOT DEFINED enum_width_${CMAKE_MATCH_1})
      broken("no @enum \"${CMAKE_MATCH_1}\"")
    endif()
    string(MAKE_C_IDENTIFIER "${CMAKE_MATCH_1}" id)
    set(${out} "{PXE_OPT_ENUM, ${optional}, ${enum_width_${CMAKE_MATCH_1}}, word_${id}}"
      PARENT_SCOPE)
    return()
  endif()
  string(REPLACE " " "_" key "${text}")
  if(NOT DEFINED type_${key})
    broken("unknown type \"${text}\"")
  endif()
  set(${out} "{${type_${key}}, ${optional}, 0, NULL}" PARENT_SCOPE)
endfunction()

# A type in the grammar of dhcpd.conf as "ARRAY, NFIELD, FIELDS" of struct pxe_opt_def.
macro(c_type out text)
  set(body "${text}")
  set(array SINGLE)
  if(body MATCHES "^array of (.*)$")
    set(array ARRAY_RECORD)
    set(body "${CMAKE_MATCH_1}")
  endif()
  if(body MATCHES "^{ (.*) }$")
    set(body "${CMAKE_MATCH_1}")
  endif()
  string(REPLACE ", " ";" parts "${body}")
  set(nfield 0)
  set(init "")
  foreach(part IN LISTS parts)
    if(array STREQUAL "ARRAY_LAST")
      broken("an array must be the last field")
    elseif(part MATCHES "^array of (.*)$")
      set(array ARRAY_LAST)
      set(part "${CMAKE_MATCH_1}")
    endif()
    c_field(one "${part}")
    string(APPEND init "${one}, ")
    math(EXPR nfield "${nfield} + 1")
  endforeach()
  list(FIND seen "${init}" index)
  if(index LESS 0)
    list(LENGTH seen index)
    list(APPEND seen "${init}")
    string(APPEND fields "static const struct pxe_opt_field field_${index}[] = {${init}};\n")
  endif()
  set(${out} "PXE_OPT_${array}, ${nfield}, field_${index}")
endmacro()

# Close the space whose rows have just been read: its range, and its names in order.
macro(end_space)
  if(DEFINED first)
    math(EXPR n "${ndef} - ${first}")
    string(APPEND ranges "\t{${first}, ${n}},\n")
    list(SORT names COMPARE STRING)
    foreach(entry IN LISTS names)
      string(REGEX REPLACE "^.* " "" index "${entry}")
      string(APPEND by_name "\t${index},\n")
    endforeach()
  endif()
  set(first ${ndef})
  set(names "")
  set(last_code -1)
endmacro()

macro(add_space)
  if(NOT ncol EQUAL 7)
    broken("@space has 7 columns, not ${ncol}")
  endif()
  list(LENGTH space_names id)
  list(APPEND space_names "${c1}")
  set(pad_end false)
  set(virtual false)
  if(c4 STREQUAL "pad-end")
    set(pad_end true)
  elseif(c4 STREQUAL "virtual")
    set(virtual true)
  elseif(NOT c4 STREQUAL "-")
    broken("unknown flag \"${c4}\"")
  endif()
  string(APPEND spaces "\t{\"${c1}\", ${c2}, ${c3}, ${pad_end}, ${virtual}, false, ${id}},\n")
endmacro()

macro(add_enum)
  string(MAKE_C_IDENTIFIER "${c1}" id)
  set(enum_width_${c1} ${c2})
  string(APPEND words "static const struct pxe_opt_word word_${id}[] = {\n")
  string(REPLACE " " ";" pairs "${c3}")
  foreach(pair IN LISTS pairs)
    if(NOT pair MATCHES "^([A-Za-z0-9-]+)=([0-9]+)$")
      broken("\"${pair}\" is not word=number")
    endif()
    string(APPEND words "\t{\"${CMAKE_MATCH_1}\", ${CMAKE_MATCH_2}},\n")
  endforeach()
  string(APPEND words "\t{NULL, 0},\n};\n")
  string(APPEND enum_rows "\t{\"${c1}\", word_${id}},\n")
  math(EXPR nenum "${nenum} + 1")
endmacro()

macro(add_option)
  if(NOT ncol EQUAL 7)
    broken("an option has 7 columns, not ${ncol}")
  elseif(NOT c6 MATCHES "[.]$")
    broken("the meaning of \"${c1}\" is not a sentence")
  endif()
  list(FIND space_names "${c0}" space)
  if(space LESS current)
    broken("space \"${c0}\" is unknown or out of order")
  endif()
  while(current LESS space)
    end_space()
    math(EXPR current "${current} + 1")
  endwhile()
  if(NOT c2 GREATER last_code)
    broken("code ${c2} after ${last_code}")
  endif()
  set(last_code ${c2})
  if(c3 STREQUAL "none")
    set(type "PXE_OPT_SINGLE, 0, NULL")
  else()
    c_type(type "${c3}")
  endif()
  c_string(encap "${c4}")
  c_string(rfc "${c5}")
  string(APPEND defs "\t{\"${c1}\", &space[${space}], ${c2}, ${type}, ${encap}, ${rfc}, false},\n")
  if(space EQUAL 0)
    math(EXPR row "${ndef} + 1")
    string(APPEND dhcp_rows "\t[${c2}] = ${row},\n")
  endif()
  # A blank sorts before every character of a name, as the end of a string does.
  string(TOLOWER "${c1}" lower)
  list(APPEND names "${lower} ${ndef}")
  math(EXPR ndef "${ndef} + 1")
endmacro()

set(current -1)
foreach(table IN LISTS TABLES)
  file(STRINGS "${table}" lines)
  set(line_number 0)
  foreach(line IN LISTS lines)
    math(EXPR line_number "${line_number} + 1")
    if(line MATCHES "^#" OR line STREQUAL "")
      continue()
    endif()
    string(REPLACE ";" "," line "${line}") # in meanings, which do not become C
    string(REPLACE "\t" ";" cols "${line}")
    list(LENGTH cols ncol)
    foreach(i RANGE 6)
      set(c${i} "")
      if(i LESS ncol)
        list(GET cols ${i} c${i})
      endif()
    endforeach()
    if(c0 STREQUAL "@space")
      add_space()
    elseif(c0 STREQUAL "@enum")
      add_enum()
    else()
      add_option()
    endif()
  endforeach()
endforeach()

list(LENGTH space_names nspace)
while(current LESS nspace)
  end_space()
  math(EXPR current "${current} + 1")
endwhile()
if(nenum EQUAL 0)
  set(enum_rows "\t{NULL, NULL},\n")
endif()

set(text "/* Generated from *_options.tsv by dhcp_options.cmake; edit those. */
#include \"libpxecommon/proto/dhcp_opt_table.h\"

${words}${fields}static const struct pxe_opt_space space[] = {
${spaces}};
static const struct pxe_opt_range range[] = {
${ranges}};
static const struct pxe_opt_def def[] = {
${defs}};
static const uint8_t dhcp_row[256] = {
${dhcp_rows}};
static const uint16_t by_name[] = {
${by_name}};
static const struct pxe_opt_enum enums[] = {
${enum_rows}};
const struct pxe_opt_table pxe_opt_table = {
\tspace, ${nspace}, range, def, ${ndef}, dhcp_row, by_name, enums, ${nenum},
};
")
file(WRITE "${OUT}" "${text}")
