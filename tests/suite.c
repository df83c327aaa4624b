#include "suite.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>

char *folder_new(void)
{
	char *path = strdup("/tmp/runnel-check-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	return path;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info, (void)type, (void)where;
	return remove(path);
}

void folder_remove(char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}
