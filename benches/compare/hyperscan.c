/* Raw Hyperscan: the patterns given, in block mode, over whole files, without anything around it.
 *
 *   hyperscan build PATTERNS DATABASE   patterns end with a NUL each; one that does not compile is left out
 *   hyperscan scan DATABASE FILE...     prints how many matches were reported
 *
 * A match is the end of a match, as Hyperscan reports it without HS_FLAG_SOM_LEFTMOST; its counts are therefore
 * higher than those of a scanner. Compiled and linked by `cargo xtask compare`. */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *slurp(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(2); }
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    if (!bytes || fread(bytes, 1, *length, file) != *length) { perror(path); exit(2); }
    bytes[*length] = 0;
    fclose(file);
    return bytes;
}

static int build(const char *patterns, const char *database) {
    enum { MOST = 4096 };
    static const char *expressions[MOST];
    static unsigned flags[MOST], ids[MOST];
    size_t length;
    unsigned kept = 0, weak = 0, refused = 0;
    char *text = slurp(patterns, &length);
    for (char *at = text; at < text + length && kept < MOST; at += strlen(at) + 1) {
        unsigned tries[] = {0, HS_FLAG_PREFILTER | HS_FLAG_ALLOWEMPTY};
        int taken = 0;
        for (unsigned t = 0; t < 2 && !taken; t++) {
            hs_database_t *alone = NULL;
            hs_compile_error_t *error = NULL;
            if (hs_compile(at, tries[t], HS_MODE_BLOCK, NULL, &alone, &error) == HS_SUCCESS) {
                expressions[kept] = at;
                flags[kept] = tries[t];
                ids[kept] = kept;
                kept++;
                weak += t;
                taken = 1;
                hs_free_database(alone);
            } else {
                hs_free_compile_error(error);
            }
        }
        refused += !taken;
    }
    hs_database_t *all = NULL;
    hs_compile_error_t *error = NULL;
    if (hs_compile_multi(expressions, flags, ids, kept, HS_MODE_BLOCK, NULL, &all, &error) != HS_SUCCESS) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    char *bytes = NULL;
    size_t size = 0;
    if (hs_serialize_database(all, &bytes, &size) != HS_SUCCESS) return 2;
    FILE *file = fopen(database, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) { perror(database); return 2; }
    printf("%u patterns, %u of them as prefilters, %u refused; %s\n", kept, weak, refused, hs_version());
    return 0;
}

static int count(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *matches) {
    (void)id, (void)from, (void)to, (void)flags;
    ++*(unsigned long long *)matches;
    return 0;
}

static int scan(const char *database, char **paths, int files) {
    size_t length;
    char *bytes = slurp(database, &length);
    hs_database_t *all = NULL;
    hs_scratch_t *scratch = NULL;
    if (hs_deserialize_database(bytes, length, &all) != HS_SUCCESS || hs_alloc_scratch(all, &scratch) != HS_SUCCESS) {
        fprintf(stderr, "%s: not a database of this Hyperscan\n", database);
        return 2;
    }
    free(bytes);
    unsigned long long matches = 0;
    for (int i = 0; i < files; i++) {
        char *text = slurp(paths[i], &length);
        if (hs_scan(all, text, (unsigned)length, 0, scratch, count, &matches) != HS_SUCCESS) return 2;
        free(text);
    }
    printf("%llu\n", matches);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && !strcmp(argv[1], "build")) return build(argv[2], argv[3]);
    if (argc >= 3 && !strcmp(argv[1], "scan")) return scan(argv[2], argv + 3, argc - 3);
    fprintf(stderr, "usage: hyperscan build PATTERNS DATABASE | scan DATABASE FILE...\n");
    return 2;
}
