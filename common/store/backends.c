#include "store/backends.h"

#include "store/sqlite.h"

const char *backends_libraries(void)
{
	return store_sqlite_library();
}

enum store_status backends_open(const char *directory, const struct store_options *options, struct store **store)
{
	return store_sqlite_open(directory, options, store);
}
