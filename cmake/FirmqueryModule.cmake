# One static library per folder of orchestrator/. The link graph is the architecture: a module sees the
# public headers of include/, its own folder and the modules it is linked to, and nothing else.

add_library(firmquery_flags INTERFACE)
target_compile_definitions(firmquery_flags INTERFACE FIRMQUERY_VERSION="${PROJECT_VERSION}")
target_include_directories(firmquery_flags INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_compile_options(firmquery_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: false alarms about std::string concatenation.
  target_compile_options(firmquery_flags INTERFACE -Wno-restrict)
endif()
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

# firmquery_module(NAME [LINK target...])
function(firmquery_module name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(firmquery_${name} STATIC ${sources})
  target_include_directories(firmquery_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  target_link_libraries(firmquery_${name} PUBLIC firmquery_flags ${arg_LINK})
  firmquery_precompile(firmquery_${name})
endfunction()
