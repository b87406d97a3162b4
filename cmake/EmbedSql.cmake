# cmake -DOUTPUT=header -DROOT=dir -DFILES="a/x.sql;b/y.sql" -P EmbedSql.cmake
set(text "// Generated from sql/ by cmake/EmbedSql.cmake.\n#pragma once\n\n#include <string_view>\n\n")
foreach(file IN LISTS FILES)
  file(READ ${ROOT}/${file} body)
  get_filename_component(dialect ${file} DIRECTORY)
  get_filename_component(name ${file} NAME_WE)
  # Semicolons separate list items in CMake; bracket-safe text needs none of that because it is only appended.
  string(STRIP "${body}" body)
  string(REGEX REPLACE ";$" "" body "${body}")
  # What a file says of itself at its head is not for the server.
  while(body MATCHES "^--")
    string(REGEX REPLACE "^--[^\n]*\n" "" body "${body}")
  endwhile()
  string(APPEND text "namespace firmquery::sql::${dialect} {\ninline constexpr std::string_view ${name} = R\"sql(${body})sql\";\n}\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
