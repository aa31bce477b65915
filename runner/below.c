/*
 * below.c
 *	  Paths below the mail root, walked by descriptors.
 *
 * Whoever may write somewhere below the mail root can put a symbolic link, or
 * another directory, in the place of any name there, at any time.  So a name is
 * opened once, without following it, and what was opened is what is looked at
 * and changed.
 */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
fail_to_open(int parent, const char *name, outcome *out)
{
	int			error = errno;
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return fail(out, "\"%s\" is a symbolic link, which is not followed", name);
	return fail(out, "cannot open directory \"%s\": %s", name, strerror(error));
}

bool
open_directory(int parent, const char *name, int *fd, outcome *out)
{
	*fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd >= 0 || errno == ENOENT || fail_to_open(parent, name, out);
}

/* ------------------------------------------------------------------- walking */

/* The next component; NULL is the end, or a component that is none. */
static const char *
next_component(const char *path, char *component)
{
	size_t		length = strcspn(path, "/");

	if (length == 0 || length > NAME_MAX || path[length] != '/')
		return NULL;
	memcpy(component, path, length);
	component[length] = '\0';
	if (strcmp(component, ".") == 0 || strcmp(component, "..") == 0 ||
		strncmp(component, OURS, strlen(OURS)) == 0)
		return NULL;
	return path + length + 1;
}

/* The database says so as well; but it is another machine, and this one's disk. */
static bool
lies_below(const char *path)
{
	char		component[NAME_MAX + 1];

	do
		path = next_component(path, component);
	while (path != NULL && *path != '\0');
	return path != NULL;
}

/* What make_directory() begins with; it is empty where we were killed over it. */
static void
name_fresh(const task *owner, char *name, size_t size)
{
	snprintf(name, size, OURS "new-%s", owner->id);
}

static void
clear_up(int parent, const task *owner)
{
	char		fresh[64];

	name_fresh(owner, fresh, sizeof(fresh));
	(void) unlinkat(parent, fresh, AT_REMOVEDIR);
}

/* From one directory to another in it; the first is closed. */
static bool
descend(int *fd, const char *name, const task *owner, outcome *out)
{
	int			parent = *fd;
	bool		good = open_directory(parent, name, fd, out);

	/* Others than the owner have homes there, too. */
	if (good && *fd < 0 && owner != NULL)
		good = make_directory(parent, name, owner, 0711, out) && open_directory(parent, name, fd, out);
	close(parent);
	return good;
}

bool
find_place(int root, const char *path, const task *owner, place *found, outcome *out)
{
	found->parent = -1;
	if (!lies_below(path))
		return fail(out, "\"%s\" is no path below the mail root", path);
	found->parent = fcntl(root, F_DUPFD_CLOEXEC, 0);
	for (;;)
	{
		path = next_component(path, found->leaf);
		if (owner != NULL)
			clear_up(found->parent, owner);
		if (*path == '\0' || found->parent < 0)
			return true;
		if (!descend(&found->parent, found->leaf, owner, out))
			return false;
	}
}

void
leave_place(place *found)
{
	if (found->parent >= 0)
		close(found->parent);
	found->parent = -1;
}

/* --------------------------------------------------------------------- homes */

bool
open_home(const place *where, const task *t, int *fd, outcome *out)
{
	struct stat st;

	*fd = -1;
	if (where->parent < 0)
		return true;
	if (!open_directory(where->parent, where->leaf, fd, out))
		return false;
	if (*fd < 0)
		return true;
	if (fstat(*fd, &st) == 0 && st.st_uid == t->uid)
		return true;
	close(*fd);
	*fd = -1;
	return fail(out, "\"%s\" belongs to uid %u, not %u", where->leaf, (unsigned) st.st_uid, (unsigned) t->uid);
}

bool
is_still(int parent, const char *name, int fd)
{
	struct stat opened;
	struct stat there;

	return fstat(fd, &opened) == 0 && fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
		opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

int
rename_new(int from, const char *name, int into, const char *as)
{
	struct stat st;

	if (renameat2(from, name, into, as, RENAME_NOREPLACE) == 0)
		return 0;
	if (!no_such_rename() || fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	/* Of two names for one message the old one is left where we are killed, which hurts nobody. */
	if (!S_ISDIR(st.st_mode))
		return linkat(from, name, into, as, 0) < 0 ? -1 : unlinkat(from, name, 0);
	/* A directory takes the place of an empty one, and of nothing else. */
	if (renameat(from, name, into, as) == 0)
		return 0;
	if (errno == ENOTEMPTY)
		errno = EEXIST;
	return -1;
}

bool
no_such_rename(void)
{
	return errno == EINVAL || errno == ENOSYS;
}

/* Ours, and empty: not what somebody has put in its place. */
static bool
give(int parent, const char *name, const task *owner, mode_t mode)
{
	int			fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool		good;

	if (fd < 0)
		return false;
	good = fstat(fd, &st) == 0 && st.st_uid == geteuid();
	if (!good)
		errno = EPERM;
	good = good && (st.st_uid == owner->uid || fchown(fd, owner->uid, owner->gid) == 0) && fchmod(fd, mode) == 0;
	close(fd);
	return good;
}

bool
make_directory(int parent, const char *name, const task *owner, mode_t mode, outcome *out)
{
	char		fresh[64];

	name_fresh(owner, fresh, sizeof(fresh));
	if (mkdirat(parent, fresh, 0700) < 0)
		return fail(out, "cannot make directory \"%s\": %s", name, strerror(errno));
	step();
	if (!give(parent, fresh, owner, mode))
		return fail(out, "cannot give directory \"%s\" to uid %u: %s", name, (unsigned) owner->uid, strerror(errno));
	step();
	if (rename_new(parent, fresh, parent, name) < 0)
	{
		int			error = errno;

		clear_up(parent, owner);
		/* A delivery was quicker. */
		return error == EEXIST || fail(out, "cannot make directory \"%s\": %s", name, strerror(error));
	}
	step();
	return true;
}
