# One static library per folder of orchestrator/. The list below USES is the architecture: a module sees the public
# headers of the modules in it, its own folder, and nothing else. Including upwards does not compile, because each
# module has an include root of its own, in which only those folders are.

add_library(firmquery_flags INTERFACE)
target_compile_definitions(firmquery_flags INTERFACE FIRMQUERY_VERSION="${PROJECT_VERSION}")
target_compile_options(firmquery_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: false alarms about std::string concatenation.
  target_compile_options(firmquery_flags INTERFACE -Wno-restrict)
endif()
# To GCC all of a unity build but the file that includes the others is headers, in which a class with a member from an
# unnamed namespace would be wrong. In units of that size GCC 14 takes members of libpqxx's variants for uninitialised.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(FIRMQUERY_UNITY_OPTIONS -Wno-subobject-linkage -Wno-maybe-uninitialized)
endif()
target_compile_options(firmquery_flags INTERFACE ${FIRMQUERY_UNITY_OPTIONS})
if(FIRMQUERY_WERROR)
  target_compile_options(firmquery_flags INTERFACE -Werror)
endif()
if(FIRMQUERY_SANITIZE)
  # A finding of UBSan ends the program, or a test that provokes it would still pass.
  target_compile_options(firmquery_flags INTERFACE
    -fsanitize=${FIRMQUERY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(firmquery_flags INTERFACE -fsanitize=${FIRMQUERY_SANITIZE})
endif()

# Half of a file's compilation is reading these. The preset `debug` goes without: there a file that does not include
# what it uses fails.
function(firmquery_precompile target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <atomic> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <mutex> <optional> <string>
    <string_view> <unordered_map> <variant> <vector> <fmt/format.h>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    # GCC forgets that precompiled headers are the system's and shows its false alarms about std::string.
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()

# Every public header: for what stands above all modules, and for tests.
add_library(firmquery_headers INTERFACE)
target_include_directories(firmquery_headers INTERFACE ${CMAKE_SOURCE_DIR}/include)

# firmquery_include_root(DIR module...): DIR/firmquery/<module> is include/firmquery/<module>, for each of the modules.
function(firmquery_include_root root)
  file(REMOVE_RECURSE ${root})
  file(MAKE_DIRECTORY ${root}/firmquery)
  foreach(module IN LISTS ARGN)
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/include/firmquery/${module} ${root}/firmquery/${module} SYMBOLIC)
  endforeach()
endfunction()

# firmquery_module(NAME [USES module...] [FRIEND module] [LINK target...])
# FRIEND: a module whose private headers may be included, too, by their path below its folder.
function(firmquery_module name)
  cmake_parse_arguments(arg "" "FRIEND" "USES;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  add_library(firmquery_${name} STATIC ${sources})
  set(root ${CMAKE_BINARY_DIR}/rooms/${name})
  firmquery_include_root(${root} ${name} ${arg_USES})
  target_include_directories(firmquery_${name} PRIVATE ${root} ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  if(arg_FRIEND)
    target_include_directories(firmquery_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${arg_FRIEND})
  endif()
  list(TRANSFORM arg_USES PREPEND firmquery_ OUTPUT_VARIABLE used)
  target_link_libraries(firmquery_${name} PUBLIC firmquery_flags ${used} ${arg_LINK})
  firmquery_precompile(firmquery_${name})
endfunction()
