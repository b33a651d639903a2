"""The node's entry in /diagnostics."""

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue


def diagnostic_array(stamp, node_name, hardware_id, level, message, values):
    """
    Return one status as a diagnostic_msgs/DiagnosticArray.

    Parameters
    ----------
    stamp : builtin_interfaces.msg.Time
        Time of the report.
    node_name : str
        Fully qualified name of the node.
    hardware_id : str
        What is diagnosed: the model.
    level : bytes
        One of ``DiagnosticStatus.OK``, ``WARN``, ``ERROR``, ``STALE``.
    message : str
        The state in one line.
    values : dict of str to object
        Details, shown as text.

    Returns
    -------
    diagnostic_msgs.msg.DiagnosticArray

    """
    array = DiagnosticArray(status=[DiagnosticStatus(
        level=level, name=f'{node_name.lstrip("/")}: pour estimate', message=message,
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=str(value)) for key, value in values.items()])])
    array.header.stamp = stamp
    return array
