# rolecall::options: what every target of this project is compiled with.
add_library(rolecall_options INTERFACE)
add_library(rolecall::options ALIAS rolecall_options)
target_include_directories(rolecall_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(rolecall_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Werror=switch -Werror=return-type $<$<BOOL:${ROLECALL_WERROR}>:-Werror>)
# GCC 12 warns of memory inside std::string and std::optional that no path leaves unset.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  target_compile_options(rolecall_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds)
endif()
if(ROLECALL_CHECKED_LIBRARY)
  target_compile_definitions(rolecall_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(ROLECALL_SANITIZE)
  target_compile_options(rolecall_options INTERFACE
    -fsanitize=${ROLECALL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(rolecall_options INTERFACE -fsanitize=${ROLECALL_SANITIZE})
endif()

# Third-party headers without a CMake package of their own.
add_library(rolecall_rapidjson INTERFACE)
add_library(rolecall::rapidjson ALIAS rolecall_rapidjson)
target_include_directories(rolecall_rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE_DIR})
target_compile_definitions(rolecall_rapidjson INTERFACE RAPIDJSON_HAS_STDSTRING=1)
