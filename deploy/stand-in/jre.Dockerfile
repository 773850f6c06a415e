# Stands in for eclipse-temurin:25-jre: Debian with a JRE linked from the JDK that is there.
FROM freshet-stand-in/debian
COPY jre/ /opt/java/openjdk/
ENV JAVA_HOME=/opt/java/openjdk
ENV PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
