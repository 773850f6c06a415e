# Stands in for apache/kafka: configured by KAFKA_A_B variables, run by /etc/kafka/docker/run, data in /var/lib/kafka/data.
FROM freshet-stand-in/jre
COPY libs/ /opt/kafka/libs/
COPY kafka-run /etc/kafka/docker/run
COPY kafka-logback.xml /etc/kafka/logback.xml
RUN useradd --uid 1000 --create-home appuser && \
    install -d -o appuser -g appuser /var/lib/kafka/data && \
    chmod 755 /etc/kafka/docker/run
USER appuser
VOLUME /var/lib/kafka/data
EXPOSE 9092
CMD ["/etc/kafka/docker/run"]
