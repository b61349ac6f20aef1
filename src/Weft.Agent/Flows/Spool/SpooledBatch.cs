namespace Weft.Agent.Flows;

/// <summary>A batch of records that waits for the server, without its records.</summary>
/// <param name="Series">Of the number.</param>
/// <param name="Number">From 1.</param>
/// <param name="Tally">What is in it.</param>
/// <param name="Position">Of the reader of the vrouter's reports, behind what it was made of.</param>
/// <param name="ClockOffset">Microseconds that were added to its times.</param>
/// <param name="FileBytes">Of its file.</param>
readonly record struct SpooledBatch(Guid Series, ulong Number, FlowTally Tally, ReportPosition Position, long ClockOffset, long FileBytes);

/// <summary>A place in the vrouter's reports.</summary>
/// <param name="Ring">Hash of the name of the buffer: in another one the place means nothing.</param>
/// <param name="Place">Behind the last report.</param>
readonly record struct ReportPosition(ulong Ring, ulong Place);
