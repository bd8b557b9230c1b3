# rolecall::asio: Boost.Asio and Beast compiled once, with the precompiled header that users of it share.
add_library(rolecall_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp)
add_library(rolecall::asio ALIAS rolecall_asio)
target_link_libraries(rolecall_asio PUBLIC rolecall::options Boost::headers Threads::Threads)
target_compile_definitions(rolecall_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  # Blocks of memory that each thread keeps for coroutine frames: a request is a dozen calls deep.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)
target_precompile_headers(rolecall_asio PRIVATE ${CMAKE_SOURCE_DIR}/cmake/asio_pch.hpp)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(rolecall_asio PUBLIC -fcoroutines -fpch-preprocess)
endif()

# rolecall_use_asio(TARGET): links Asio and Beast and shares their precompiled header.
function(rolecall_use_asio target)
  target_link_libraries(${target} PUBLIC rolecall::asio)
  target_precompile_headers(${target} REUSE_FROM rolecall_asio)
endfunction()
