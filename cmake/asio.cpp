#include <boost/asio/impl/src.hpp>

// Beast 1.81's parser asserts that the end of a chunked body without content comes in no fewer than
// five bytes at first, which no peer has to do. Without the assertion it reads on as it should.
#define BOOST_DISABLE_ASSERTS
#include <boost/assert.hpp>
#include <boost/beast/src.hpp>
