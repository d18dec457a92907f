"""Processes that work a database and are killed: what the benchmarks of faults share."""

import os
import random
import signal
import sys
import time
import traceback


def spawn(name, work):
    """Work a database in a child process; return its id.

    :param str name: the database
    :param work: a function without arguments, called in the child
    """
    import odoo.sql_db
    from odoo.modules.registry import Registry

    Registry(name)
    odoo.sql_db.close_all()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        random.seed()
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def wait(child):
    """Wait for a child; return its exit status, negative for the signal that ended it."""
    _child, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def kill_later(child, seconds):
    """Kill a child after some time; tell whether it was still working."""
    time.sleep(seconds)
    if os.waitpid(child, os.WNOHANG)[0]:
        return False
    os.kill(child, signal.SIGKILL)
    wait(child)
    return True


def wait_for_server(name):
    """Wait until the server has noticed that nobody is connected to the database any more."""
    import psycopg2

    connection = psycopg2.connect(dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cr:
            for _attempt in range(600):
                cr.execute("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = %s", [name])
                if not cr.fetchone()[0]:
                    return
                time.sleep(0.05)
    finally:
        connection.close()
    raise TimeoutError(name)


def check(what, problems, holds):
    """Print whether something holds; note it among the problems if it does not."""
    print(f"{'ok  ' if holds else 'FAIL'} {what}", flush=True)
    if not holds:
        problems.append(what)
