"""A billing run shared by forked processes, and what they cost."""

import json
import os
import resource
import traceback
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from .session import environment

# Below this many customers a second process costs more than it brings.
FEW = 60


@dataclass
class Cost:
    """What billing cost: Python's processor time in seconds, statements, peak memory in KiB of one process."""

    cpu: float = 0.0
    queries: int = 0
    memory: int = 0

    def add(self, cpu, queries, memory):
        self.cpu += cpu
        self.queries += queries
        self.memory = max(self.memory, memory)

    @contextmanager
    def of(self):
        """Add what this process spends within the block."""
        before = usage()
        yield
        after = usage()
        self.add(after[0] - before[0], after[1] - before[1], after[2])


def work_run(database, run_id, customers, workers, cost, progress=None):
    """Do the work of a billing run in several processes, each taking customers that are free.

    :param str database: the database
    :param int run_id: id of a started ``recurring.bill.run``
    :param int customers: how many customers are left in it
    :param int workers: how many processes
    :param Cost cost: to which the cost is added
    :param progress: called now and then, without arguments, while processes work
    :raises RuntimeError: if a process failed; what it had finished is kept
    """
    from odoo import sql_db

    if workers < 2 or customers <= FEW:
        with cost.of():
            _work(database, run_id)
        return
    # A connection must not be used by two processes.
    sql_db.close_all()
    pipes = [_fork(database, run_id) for _number in range(workers)]
    failed = []
    for pid, stream in pipes:
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if progress:
                progress()
        os.waitpid(pid, 0)
        with os.fdopen(stream, encoding="utf-8") as report:
            text = report.read()
        result = json.loads(text) if text else {"error": "the process was killed"}
        if "error" in result:
            failed.append(result["error"])
        else:
            cost.add(**result)
    if failed:
        raise RuntimeError("\n".join(failed))


def _fork(database, run_id):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    # The child leaves through _exit: the parent's buffers and handlers are not its own to end.
    os.close(reader)
    try:
        cost = Cost()
        with cost.of():
            _work(database, run_id)
        result = asdict(cost)
    except BaseException:  # noqa: BLE001 - the parent reports whatever it was
        result = {"error": traceback.format_exc()}
    os.write(writer, json.dumps(result).encode())
    os._exit(0)


def _work(database, run_id):
    with environment(database) as env:
        run = env["recurring.bill.run"].browse(run_id)
        run = run.with_company(run.company_id)
        while run._work(commit=True):
            env.invalidate_all()


def usage():
    """Return this process's processor time in seconds, its number of SQL statements and its peak memory in KiB."""
    from odoo import sql_db

    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime, sql_db.sql_counter, spent.ru_maxrss
