/*
 * opening - a site that is opened within a bounded time.
 *
 * backends_open() may wait for other processes for seconds. A worker must know by then what to answer, so a thread opens
 * the site, and may go on after we have stopped waiting for it.
 */
#ifndef RUNNEL_OPENING_H
#define RUNNEL_OPENING_H

#include "site/site.h"

/*
 * site_open_with(), or site_refuse() and false with the problem when it fails or takes longer. Takes the configuration
 * over. Blocks so long at most; -1: as long as it takes.
 */
bool opening_within(int ms, struct site *site, struct config *config, struct problem *problem);

#endif
