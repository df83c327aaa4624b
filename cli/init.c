/*
 * runnel init - makes a store that the web server and this user can both use.
 *
 * Run again with --group it shares a store that is there. The directory may belong to others
 * in the group while root runs this: files are opened as store_file.h says, and only runnel's own names are touched.
 */
#include "subcommands.h"
#include "store/file.h"
#include "store/bell.h"
#include "store/backends.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { SECRET_BYTES = 32, SECRET_MODE = 0640, SHARED_MODE = 02770 };

/* What a store may hold, and who reads it when it is shared. */
static const struct {
	const char *name;
	mode_t mode;
} files[] = {
	{ "events.db", 0660 }, { "events.db-wal", 0660 }, { "events.db-shm", 0660 }, { "events.db-journal", 0660 },
	{ "streams", 0660 }, { "secret", SECRET_MODE }, { "secret.old", SECRET_MODE },
};

/* ---- the directory ---- */

static gid_t find_group(const char *name)
{
	char *end;
	const struct group *group = getgrnam(name);
	if (group)
		return group->gr_gid;
	unsigned long number = strtoul(name, &end, 10);
	if (*name < '0' || *name > '9' || *end || number >= UINT32_MAX)
		command_fatal(EX_USAGE, "There is no group \"%s\"; the web server's is often www-data", name);
	return (gid_t)number;
}

/* mkdir -p of what stands before the last name. */
static void make_parents(const char *path)
{
	char *part = must_copy(path);
	for (char *slash = part + strspn(part, "/"); (slash = strchr(slash, '/')) != NULL; slash += strspn(slash, "/")) {
		*slash = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			command_fatal(EX_CANTCREAT, "%s cannot be made: %s", part, strerror(errno));
		*slash = '/';
	}
	free(part);
}

/* Or it holds a store: a directory of something else must not turn into one, nor get a store's permissions. */
static bool is_empty(const char *path)
{
	bool empty = true, store = false;
	DIR *listing = opendir(path);
	if (!listing)
		command_fatal(errno == EACCES ? EX_NOPERM : EX_CANTCREAT, "%s cannot be used: %s", path, strerror(errno));
	for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		empty = false;
		store |= strcmp(entry->d_name, files[0].name) == 0;
	}
	closedir(listing);
	if (!empty && !store)
		command_fatal(EX_CANTCREAT, "%s holds other files and no store; name a new or an empty directory", path);
	return empty;
}

/*
 * Whether a new store begins in it. Umask must not decide who reads a store, nor what an empty directory allowed that was
 * there: it becomes its owner's alone. A store that is there keeps what was chosen for it.
 */
static bool make_directory(const char *path)
{
	make_parents(path);
	if (mkdir(path, 0700) < 0) {
		if (errno != EEXIST)
			command_fatal(errno == EACCES ? EX_NOPERM : EX_CANTCREAT, "%s cannot be made: %s", path, strerror(errno));
		if (!is_empty(path))
			return false;
	}
	int fd = store_folder_open(path);
	if (fd < 0 || fchmod(fd, 0700) < 0)
		command_fatal(errno == EPERM || errno == EACCES ? EX_NOPERM : EX_CANTCREAT, "%s cannot be made private: %s", path, strerror(errno));
	close(fd);
	return true;
}

/* ---- sharing ---- */

static noreturn void refuse_sharing(const char *path)
{
	if (errno == EPERM)
		command_fatal(EX_NOPERM, "%s cannot be given to that group: run this as root, or as its owner and a member of the group", path);
	command_fatal(EX_CANTCREAT, "%s: %s", path, strerror(errno));
}

/* The group first: changing it drops the setgid bit. */
static void give(int fd, const char *name, gid_t group, mode_t mode)
{
	if (fchown(fd, (uid_t)-1, group) < 0 || fchmod(fd, mode) < 0)
		refuse_sharing(name);
}

/* A file of the store; -1: there is none. What is something else ends the command. */
static int open_own(int directory_fd, const char *name, mode_t type)
{
	int fd = store_file_open(directory_fd, name, O_RDONLY, type);
	if (fd < 0 && errno == STORE_FILE_FOREIGN)
		command_fatal(EX_CANTCREAT, "\"%s\" in the store is not what runnel made; move it away", name);
	if (fd < 0 && errno != ENOENT)
		command_fatal(errno == EACCES ? EX_NOPERM : EX_CANTCREAT, "\"%s\" in the store: %s", name, strerror(errno));
	return fd;
}

static void share_bells(int directory_fd, gid_t group)
{
	char name[BELL_NAME_BYTES];
	int folder = open_own(directory_fd, BELL_FOLDER, S_IFDIR);
	if (folder < 0)
		return;
	give(folder, BELL_FOLDER, group, SHARED_MODE);
	for (int i = 0; i < BELL_BELLS; i++) {
		bell_name(i, name);
		int fd = open_own(folder, name, S_IFIFO);
		if (fd < 0)
			continue;
		give(fd, name, group, 0660);
		close(fd);
	}
	close(folder);
}

/*
 * Gives the directory and every file of the store to the group. The store must not be open in this
 * process: closing another descriptor of the database would drop SQLite's locks.
 */
static void share(const char *path, gid_t group)
{
	int directory_fd = store_folder_open(path);
	if (directory_fd < 0)
		command_fatal(EX_CANTCREAT, "%s: %s", path, strerror(errno));
	give(directory_fd, path, group, SHARED_MODE);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		int fd = open_own(directory_fd, files[i].name, S_IFREG);
		if (fd < 0)
			continue;
		give(fd, files[i].name, group, files[i].mode);
		close(fd);
	}
	share_bells(directory_fd, group);
	close(directory_fd);
}

/* ---- the secret ---- */

/* 32 random bytes as base64url (RFC 4648 §5) without padding, and a newline. */
static void make_secret(struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned char random[SECRET_BYTES];
	unsigned bits = 0, held = 0;
	if (getrandom(random, sizeof random, 0) != sizeof random)
		command_fatal(EX_OSERR, "The system gives no random bytes: %s", strerror(errno));
	for (size_t i = 0; i < sizeof random; i++) {
		held = held << 8 | random[i];
		for (bits += 8; bits >= 6; bits -= 6)
			buf_add(out, &digits[held >> (bits - 6) & 63], 1);
	}
	if (bits)
		buf_add(out, &digits[held << (6 - bits) & 63], 1);
	buf_text(out, "\n");
}

static void write_new(int directory_fd, const char *name, const struct buf *text)
{
	int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || !buf_write(text, fd) || fchmod(fd, SECRET_MODE) < 0 || fsync(fd) < 0) {
		int cause = errno;
		unlinkat(directory_fd, name, 0);
		command_fatal(cause == ENOSPC || cause == EDQUOT ? EX_IOERR : EX_CANTCREAT, "The secret cannot be written: %s", strerror(cause));
	}
	close(fd);
}

/* Whole under its own name first, then linked: a secret that is there is never written over. */
static void add_secret(const char *path)
{
	struct buf text = BUF_INIT, name = BUF_INIT;
	int directory_fd = store_folder_open(path);
	if (directory_fd >= 0 && faccessat(directory_fd, "secret", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		close(directory_fd);
		return;
	}
	make_secret(&text);
	buf_print(&name, "secret.%d", (int)getpid());
	write_new(directory_fd, name.data, &text);
	int linked = linkat(directory_fd, name.data, directory_fd, "secret", 0), cause = errno;
	unlinkat(directory_fd, name.data, 0);
	if (linked < 0 && cause != EEXIST)
		command_fatal(EX_CANTCREAT, "The secret cannot be written: %s", strerror(cause));
	close(directory_fd);
	buf_clear(&text);
	buf_clear(&name);
}

/* ---- init ---- */

static void make_store(const char *path)
{
	struct store_options options = { 0 };
	struct store *store;
	struct site site = { .config.store = (char *)(uintptr_t)path }; /* to name it in an error */
	command_expect(&site, backends_open(path, &options, &store));
	store_close(store);
}

static void print_advice(const char *path, bool made, const char *group)
{
	char *full = realpath(path, NULL);
	const char *name = full ? full : path;
	const struct passwd *user = getpwuid(geteuid());

	printf("The store %s is %s", name, made ? "made" : "ready");
	if (group)
		printf(", shared with the group %s", group);
	printf(".\n\nName it wherever runnel runs:\n"
	       "  shell, cron, systemd, spawn-fcgi   RUNNEL_STORE=%s   (in the environment)\n"
	       "  Apache                             SetEnv RUNNEL_STORE %s\n"
	       "  lighttpd                           setenv.add-environment = ( \"RUNNEL_STORE\" => \"%s\" )\n"
	       "  nginx with fcgiwrap                fastcgi_param RUNNEL_STORE %s;\n", name, name, name, name);
	if (made && !group)
		printf("\nOnly %s may use it. To share it with the web server:  runnel init %s --group www-data\n", user ? user->pw_name : "you", name);
	free(full);
}

int command_init(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = { { "group", required_argument, NULL, 'g' }, { NULL, 0, NULL, 0 } };
	const char *group = NULL;
	while (command_option(command, argc, argv, options, false) != -1)
		group = optarg;
	if (argc - optind != 1 || !*argv[optind])
		command_usage(command, "init needs one DIR, such as /var/lib/runnel");
	char *path = argv[optind];
	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	gid_t gid = group ? find_group(group) : (gid_t)-1;

	bool made = make_directory(path);
	if (group)
		share(path, gid); /* before the store is made: its files take the directory's group */
	make_store(path);
	add_secret(path);
	if (group)
		share(path, gid);
	print_advice(path, made, group);
	return EX_OK;
}
