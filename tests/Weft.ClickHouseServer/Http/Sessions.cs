using Weft.ClickHouseServer.Engine;

namespace Weft.ClickHouseServer.Http;

/// <summary>Connections that live on between requests of one session_id.</summary>
sealed class Sessions(ChdbEngine engine, TimeProvider time) : IDisposable
{
    static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    readonly Lock gate = new();
    readonly Dictionary<string, Session> sessions = [];

    /// <summary>A connection for one request: the session's, or without a session a new one; null when the session is in use.</summary>
    public Lease? TryTake(string? id)
    {
        if (id is null)
            return new(engine.Connect(), connection => connection.Dispose());
        lock (gate)
        {
            DropOld_NeedsLock();
            if (!sessions.TryGetValue(id, out var session))
                sessions[id] = session = new(engine.Connect());
            if (session.InUse)
                return null;
            session.InUse = true;
            return new(session.Connection, _ => GiveBack(session));
        }
    }

    public void Dispose()
    {
        lock (gate)
            foreach (var session in sessions.Values)
                session.Connection.Dispose();
    }

    void GiveBack(Session session)
    {
        lock (gate)
            (session.InUse, session.LastUsed) = (false, time.GetTimestamp());
    }

    void DropOld_NeedsLock()
    {
        foreach (var (id, session) in sessions.Where(pair => !pair.Value.InUse && time.GetElapsedTime(pair.Value.LastUsed) > Lifetime).ToArray())
        {
            sessions.Remove(id);
            session.Connection.Dispose();
        }
    }

    sealed class Session(EngineConnection connection)
    {
        public EngineConnection Connection => connection;

        public bool InUse { get; set; }

        public long LastUsed { get; set; }
    }

    /// <summary>A connection for as long as one request runs.</summary>
    public sealed class Lease(EngineConnection connection, Action<EngineConnection> release) : IDisposable
    {
        public EngineConnection Connection => connection;

        public void Dispose() => release(connection);
    }
}
