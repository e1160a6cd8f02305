/* Makes chosen calls of a process fail: loaded before the C library (LD_PRELOAD).
 *
 * faults_plan(first, kind, second, kind) starts counting; the calls with these numbers fail. Kinds: 'e' EIO,
 * 'n' ENOSPC, 's' a write that stops half-way. faults_count() tells how many calls there were.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls = 0;
static long places[2] = {-1, -1};
static char kinds[2];

void faults_plan(long first, int kind, long second, int other)
{
    places[0] = first, kinds[0] = (char)kind;
    places[1] = second, kinds[1] = (char)other;
    calls = 0;
}

long faults_count(void)
{
    return calls;
}

static char fault(void)
{
    long call = atomic_fetch_add(&calls, 1);
    for (int i = 0; i < 2; i++)
        if (call == places[i])
            return kinds[i];
    return 0;
}

static int failed(char kind)
{
    errno = kind == 'n' ? ENOSPC : EIO;
    return -1;
}

#define REAL(name, result, ...) ((result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset)
{
    char kind = fault();
    if (kind == 's' && size > 1)
        size /= 2;
    else if (kind)
        return failed(kind);
    return REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t)(file, data, size, offset);
}

/* A short write is one of pwrite64 alone: the other calls have nothing to do half-way. */
int fdatasync(int file)
{
    char kind = fault();
    return kind ? failed(kind) : REAL("fdatasync", int, int)(file);
}

int fsync(int file)
{
    char kind = fault();
    return kind ? failed(kind) : REAL("fsync", int, int)(file);
}

int ftruncate64(int file, off64_t size)
{
    char kind = fault();
    return kind ? failed(kind) : REAL("ftruncate64", int, int, off64_t)(file, size);
}

int ftruncate(int file, off_t size)
{
    char kind = fault();
    return kind ? failed(kind) : REAL("ftruncate", int, int, off_t)(file, size);
}
